namespace Oci.Common;

/// <summary>A realm: a set of regions with a domain of its own.</summary>
public class Realm
{
    public static readonly Realm OC1 = new("oc1", "oraclecloud.com");

    internal Realm(string realmId, string secondLevelDomain)
    {
        RealmId = realmId;
        SecondLevelDomain = secondLevelDomain;
    }

    public string RealmId { get; }

    public string SecondLevelDomain { get; }
}

/// <summary>A region that this version knows.</summary>
public class Region
{
    private static readonly Dictionary<string, Region> _known = Known();

    private Region(string regionId, Realm realm)
    {
        RegionId = regionId;
        Realm = realm;
    }

    public string RegionId { get; }

    public Realm Realm { get; }

    /// <summary>The region of this id.</summary>
    /// <exception cref="ArgumentException">This version does not know the id.</exception>
    public static Region FromRegionId(string regionId) => _known.TryGetValue(regionId, out var region)
        ? region
        : throw new ArgumentException($"Unable to find region from regionId {regionId}.");

    public static Region[] Values() => [.. _known.Values];

    private static Dictionary<string, Region> Known()
    {
        (Realm Realm, string Regions)[] realms =
        [
            (Realm.OC1,
                "ap-batam-1 ap-chuncheon-1 ap-delhi-1 ap-hyderabad-1 ap-kulai-2 ap-melbourne-1 ap-mumbai-1 ap-osaka-1 ap-seoul-1 " +
                "ap-singapore-1 ap-singapore-2 ap-sydney-1 ap-tokyo-1 af-casablanca-1 af-johannesburg-1 ca-montreal-1 ca-toronto-1 " +
                "eu-amsterdam-1 eu-frankfurt-1 eu-madrid-1 eu-madrid-3 eu-marseille-1 eu-milan-1 eu-paris-1 eu-stockholm-1 eu-turin-1 " +
                "eu-zurich-1 il-jerusalem-1 me-abudhabi-1 me-dubai-1 me-jeddah-1 me-riyadh-1 mx-monterrey-1 mx-queretaro-1 " +
                "sa-bogota-1 sa-santiago-1 sa-saopaulo-1 sa-valparaiso-1 sa-vinhedo-1 uk-cardiff-1 uk-london-1 " +
                "us-ashburn-1 us-chicago-1 us-phoenix-1 us-saltlake-2 us-sanjose-1"),
            (new("oc2", "oraclegovcloud.com"), "us-langley-1 us-luke-1"),
            (new("oc3", "oraclegovcloud.com"), "us-gov-ashburn-1 us-gov-chicago-1 us-gov-phoenix-1"),
            (new("oc4", "oraclegovcloud.uk"), "uk-gov-cardiff-1 uk-gov-london-1"),
            (new("oc8", "oraclecloud8.com"), "ap-chiyoda-1 ap-ibaraki-1"),
            (new("oc9", "oraclecloud9.com"), "me-dcc-muscat-1 me-ibri-1"),
            (new("oc10", "oraclecloud10.com"), "ap-dcc-canberra-1"),
            (new("oc14", "oraclecloud14.com"),
                "eu-dcc-dublin-1 eu-dcc-dublin-2 eu-dcc-milan-1 eu-dcc-milan-2 eu-dcc-rating-1 eu-dcc-rating-2"),
            (new("oc15", "oraclecloud15.com"), "ap-dcc-gazipur-1"),
            (new("oc19", "oraclecloud.eu"), "eu-frankfurt-2 eu-madrid-2"),
            (new("oc20", "oraclecloud20.com"), "eu-jovanovac-1"),
            (new("oc21", "oraclecloud21.com"), "me-dcc-doha-1"),
            (new("oc23", "oraclecloud23.com"), "us-somerset-1 us-thames-1"),
            (new("oc24", "oraclecloud24.com"), "eu-crissier-1 eu-dcc-zurich-1"),
            (new("oc26", "oraclecloud26.com"), "me-abudhabi-3 me-alain-1"),
            (new("oc29", "oraclecloud29.com"), "me-abudhabi-2 me-abudhabi-4"),
            (new("oc35", "oraclecloud35.com"), "ap-chuncheon-2 ap-seoul-2 ap-suwon-1"),
            (new("oc42", "oraclecloud42.com"), "us-ashburn-2 us-newark-1"),
            (new("oc51", "oraclecloud51.com"), "eu-budapest-1"),
            (new("oc52", "oraclecloud52.com"), "sa-riodejaneiro-1"),
        ];
        return realms
            .SelectMany(realm => realm.Regions.Split(' ').Select(id => new Region(id, realm.Realm)))
            .ToDictionary(region => region.RegionId, StringComparer.OrdinalIgnoreCase);
    }
}
